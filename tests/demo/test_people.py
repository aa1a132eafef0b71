"""The demo's accounts and tenants, without a demo."""

import pytest

from csms.demo import cast, people, settling
from csms.demo.wish import CannotPlay
from tenants import context
from tenants.context import Place
from tenants.users.models import User


@pytest.fixture
def users(acme: Place) -> None:
    with context.tenant(acme.slug):
        people.add_users(acme.slug)
    people.add_staff()


def person(role: str, acme: Place) -> User:
    with context.tenant(acme.slug):
        return User.objects.get(email=people.email(role, acme.slug))


def test_each_role_of_the_cards_has_a_person(users: None, acme: Place) -> None:
    with context.tenant(acme.slug):
        found = {user.email: [str(group) for group in user.groups.all()] for user in User.objects.all()}

    assert all(found[people.email(role, acme.slug)] == [role] for role in people.ROLES)


def test_a_network_gets_a_random_password_and_the_next_start_takes_it_back(users: None, acme: Place) -> None:
    random = people.lock([acme.slug])

    assert person("viewer", acme).check_password(random)
    assert not person("viewer", acme).check_password(people.PASSWORD)

    people.unlock([acme.slug])

    assert person("viewer", acme).check_password(people.PASSWORD)


def test_a_password_that_somebody_chose_stays(users: None, acme: Place) -> None:
    with context.tenant(acme.slug):
        owner = User.objects.get(email=people.email("owner", acme.slug))
        owner.set_password("my own words")
        owner.save()

    people.unlock([acme.slug])

    assert person("owner", acme).check_password("my own words")


def test_a_tenant_that_only_has_the_name_is_left_alone(acme: Place) -> None:
    with pytest.raises(CannotPlay, match="is not the demo's"):
        settling.settle(cast.ACME, cast.ACME.chargers(1))


@pytest.mark.parametrize("company", cast.COMPANIES.values(), ids=cast.COMPANIES)
def test_a_fleet_of_any_size_has_names_and_cards_of_its_own(company: cast.Company) -> None:
    chargers = company.chargers(120)
    cards = [card for charger in chargers for card in charger.id_tokens]

    assert len({charger.identity for charger in chargers}) == 120
    assert len(set(cards)) == len(cards)
    assert company.chargers(3) == list(company.cast[:3])
