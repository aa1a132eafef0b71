"""Background work for stations: what gateways do for themselves, done also when none is alive."""

from celery import shared_task

from chargers import charging_profiles, commands, configuration, firmware, logs, presence
from tenants.celery import TenantTask


@shared_task(base=TenantTask)
def sweep(slug: str) -> None:
    """Mark offline what dead gateways held, and end commands whose time is over."""
    presence.release_dead()
    commands.sweep()
    charging_profiles.settle()


@shared_task(base=TenantTask)
def sweep_jobs(slug: str) -> None:
    """End the updates and logs of which nothing is heard any more."""
    firmware.sweep()
    logs.sweep()


@shared_task(base=TenantTask)
def clear_files(slug: str) -> None:
    """Delete the files that nothing names any more."""
    firmware.clear_files()
    logs.clear_files()


@shared_task(base=TenantTask)
def keep_configuration(slug: str) -> None:
    """Read the wanted settings of stations that have booted; those that differ are set then."""
    configuration.keep()
