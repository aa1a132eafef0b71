"""What a text on the socket is, and what is answered to one that is no proper frame."""

import base64
import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from csms.ocpp import frames, jsontext
from csms.ocpp.frames import Call, CallError, CallResult, CallResultError, Ignored, Refused, Send

VERSIONS = ("1.6", "2.0.1", "2.1")
ID36 = "123456789012345678901234567890123456"
SILENCE = None


def error(message_id: str, code: str) -> list[Any]:
    return [4, message_id, code, {}]


def answered(text: str, version: str) -> list[Any] | Call | CallResult | None:
    """Return the CALLERROR that goes out, without its description; None for silence; else the frame."""
    frame = frames.parse(text, version)
    if isinstance(frame, Refused):
        sent = json.loads(
            frames.call_error(frame.message_id, frame.error.code, frame.error.description, version)
        )
        assert len(sent) == 5
        assert len(sent[3]) <= 255
        return [*sent[:3], sent[4]]
    if isinstance(frame, Ignored):
        assert frame.reason
        return SILENCE
    assert isinstance(frame, Call | CallResult)
    return frame


NAMELESS = error("-1", "RpcFrameworkError")
FORMAT = (
    error("id", "FormationViolation"),
    error("id", "FormatViolation"),
    error("id", "FormatViolation"),
)
VALUE = (error("id", "PropertyConstraintViolation"),) * 3
NOT_A_CALL = (SILENCE, NAMELESS, NAMELESS)
PLAIN = (Call("id", "Heartbeat", {}),) * 3
UNKNOWN_TYPE = (SILENCE, error("id", "MessageTypeNotSupported"), SILENCE)

# The frame rows of the bad-input catalogue: a text, and what 1.6, 2.0.1 and 2.1 answer.
TABLE: list[tuple[str, tuple[Any, Any, Any]]] = [
    # not JSON, and nothing in it that could be answered by name
    ("{oops", NOT_A_CALL),
    ("", NOT_A_CALL),
    ("   ", NOT_A_CALL),
    ('\ufeff[2,"id","Heartbeat",{}]', NOT_A_CALL),
    ("1 2", NOT_A_CALL),
    ("[] []", NOT_A_CALL),
    ("[2,'id','Heartbeat',{}]", NOT_A_CALL),
    ("/* hello */", NOT_A_CALL),
    ("[" * 1000, NOT_A_CALL),
    ("NaN", NOT_A_CALL),
    # broken JSON whose start is readable (Q3)
    ('[2,"id","StopTransaction",{"transactionId":,"meterStop":1}]', FORMAT),
    ('[2,"id","Heartbeat",{}] x', FORMAT),
    ('[2,"id","Heartbeat",{}][2,"b","Heartbeat",{}]', FORMAT),
    ('[2,"id","Heartbeat",{} /* ok */]', FORMAT),
    (' [ 2 , "id" , "Heartbeat', FORMAT),
    ('[2,"id","Heartbeat",{"a":1,}]', FORMAT),
    (
        f'[2,"{ID36}","Heartbeat"',
        (
            error(ID36, "FormationViolation"),
            error(ID36, "FormatViolation"),
            error(ID36, "FormatViolation"),
        ),
    ),
    (f'[2,"{ID36}7","Heartbeat"', NOT_A_CALL),
    ('[2,"id"', NOT_A_CALL),
    # valid JSON, no frame
    ("{}", NOT_A_CALL),
    ('"[2]"', NOT_A_CALL),
    ("null", NOT_A_CALL),
    ("2", NOT_A_CALL),
    ("[]", NOT_A_CALL),
    ("[2]", NOT_A_CALL),
    # incomplete and overlong CALLs
    (
        '[2,"id"]',
        (
            error("id", "FormationViolation"),
            error("id", "RpcFrameworkError"),
            error("id", "RpcFrameworkError"),
        ),
    ),
    (
        '[2,"id","Heartbeat"]',
        (error("id", "ProtocolError"), error("id", "FormatViolation"), error("id", "FormatViolation")),
    ),
    ('[2,"id","Heartbeat",[]]', FORMAT),
    ('[2,"id","Heartbeat","{}"]', FORMAT),
    ('[2,"id","Heartbeat",0]', FORMAT),
    ('[2,"id","Heartbeat",false]', FORMAT),
    ('[2,"id",7,{}]', FORMAT),
    ('[2,"id",null,{}]', FORMAT),
    ('[2,"id",["Heartbeat"],{}]', FORMAT),
    ('[2,"id","Heartbeat",{},{}]', FORMAT),
    ('[2,"id",{},"Heartbeat",{}]', FORMAT),
    ('[2,"id","Heartbeat",{},{},{}]', FORMAT),
    ('[2,"id","Heartbeat",null]', PLAIN),
    ('[2,"id","Heartbeat",{}]', PLAIN),
    ('\n[\n2,\r\n"id",\t"Heartbeat", {}\n]\n', PLAIN),
    # message types
    ('[2.0,"id","Heartbeat",{}]', UNKNOWN_TYPE),
    ('[true,"id","Heartbeat",{}]', UNKNOWN_TYPE),
    ('["2","id","Heartbeat",{}]', UNKNOWN_TYPE),
    ('[-1,"id","Heartbeat",{}]', UNKNOWN_TYPE),
    ('[99,"id","Heartbeat",{}]', UNKNOWN_TYPE),
    ('[null,"id","Heartbeat",{}]', UNKNOWN_TYPE),
    ('[[],"id","Heartbeat",{}]', UNKNOWN_TYPE),
    ("[99,5,{}]", (SILENCE, error("-1", "MessageTypeNotSupported"), SILENCE)),
    # message ids
    ('[2,"","Heartbeat",{}]', NOT_A_CALL),
    ('[2,5,"Heartbeat",{}]', NOT_A_CALL),
    ('[2,null,"Heartbeat",{}]', NOT_A_CALL),
    ('[2,["id"],"Heartbeat",{}]', NOT_A_CALL),
    ('[2,"a\\u0000","Heartbeat",{}]', NOT_A_CALL),
    ('[2,"a\\ud800","Heartbeat",{}]', NOT_A_CALL),
    (f'[2,"{ID36}","Heartbeat",{{}}]', (Call(ID36, "Heartbeat", {}),) * 3),
    (f'[2,"{ID36}7","Heartbeat",{{}}]', (error(f"{ID36}7", "FormationViolation"), NAMELESS, NAMELESS)),
    (f'[2,"{"x" * 255}","H",{{}}]', (error("x" * 255, "FormationViolation"), NAMELESS, NAMELESS)),
    (f'[2,"{"x" * 256}","Heartbeat",{{}}]', NOT_A_CALL),
    (f'[2,"{"x" * 10_000}","Heartbeat",{{}}]', NOT_A_CALL),
    (f'[2,"{"🔌" * 36}","Heartbeat",{{}}]', (Call("🔌" * 36, "Heartbeat", {}),) * 3),
    ('[2,"\\ud83d\\udd0c","Heartbeat",{}]', (Call("🔌", "Heartbeat", {}),) * 3),
    # fields that no schema sees
    ('[2,"id","DataTransfer",{"a":1,"a":1}]', FORMAT),
    ('[2,"id","DataTransfer",{"a":[{"b":{"c":1,"d":2,"c":3}}]}]', FORMAT),
    ('[2,"id","DataTransfer",{"a":1,"\\u0061":2}]', FORMAT),
    ('[2,"id","MeterValues",{"a":NaN}]', FORMAT),
    ('[2,"id","MeterValues",{"a":Infinity}]', FORMAT),
    ('[2,"id","MeterValues",{"a":-Infinity}]', FORMAT),
    ('[2,"id","MeterValues",{"a":1e400}]', FORMAT),
    ('[2,"id","MeterValues",{"a":0.1e308}]', FORMAT),
    ('[2,"id","MeterValues",{"a":1e99999999999999999999}]', FORMAT),
    (f'[2,"id","MeterValues",{{"a":{"1" * 41}}}]', FORMAT),
    (f'[2,"id","MeterValues",{{"a":{"1" * 4301}}}]', FORMAT),
    (f'[2,"id","DataTransfer",{{"a":{"[" * 1000}{"]" * 1000}}}]', FORMAT),
    ('[2,"id","DataTransfer",{"a":"\\u0000"}]', VALUE),
    ('[2,"id","DataTransfer",{"\\u0000":"a"}]', VALUE),
    ('[2,"id","DataTransfer",{"a":"\\ud800"}]', VALUE),
    ('[2,"id","DataTransfer",{"a":"\ud800"}]', VALUE),
    ('[2,"id","Data\\u0000Transfer",{}]', VALUE),
    ('[2,"id","X",{"a":-0}]', (Call("id", "X", {"a": 0}),) * 3),
    ('[2,"id","X",{"a":-0.0}]', (Call("id", "X", {"a": Decimal("-0.0")}),) * 3),
    (
        '[2,"id","X",{"a":"\u202e\ufdd0\u200b\U0001f50c\u0065\u0301"}]',
        (Call("id", "X", {"a": "\u202e\ufdd0\u200b\U0001f50ce\u0301"}),) * 3,
    ),
]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(("text", "expected"), TABLE, ids=[ascii(text)[:50] for text, _ in TABLE])
def test_each_frame_gets_the_answer_of_its_version(
    text: str, expected: tuple[Any, Any, Any], version: str
) -> None:
    assert answered(text, version) == expected[VERSIONS.index(version)]


def test_a_message_of_256_kib_is_read_and_one_byte_more_is_not() -> None:
    frame = '[2,"id","DataTransfer",{"data":"%s"}]'
    room = 256 * 1024 - len(frame) + 2
    assert isinstance(frames.parse(frame % ("x" * room), "2.1"), Call)
    assert answered(frame % ("x" * (room + 1)), "2.1") == error("id", "FormatViolation")
    assert answered(frame % ("é" * (room // 2 + 1)), "2.1") == error("id", "FormatViolation")


class TestAnswersToOurCalls:
    @pytest.mark.parametrize("version", VERSIONS)
    def test_a_result_carries_its_payload_and_null_is_an_empty_one(self, version: str) -> None:
        assert frames.parse('[3,"id",{"status":"Accepted"}]', version) == CallResult(
            "id", {"status": "Accepted"}
        )
        assert frames.parse('[3,"id",null]', version) == CallResult("id", {})

    @pytest.mark.parametrize("version", VERSIONS)
    @pytest.mark.parametrize(
        ("text", "code"),
        [
            ('[3,"id"]', "FormatViolation"),
            ('[3,"id",[]]', "FormatViolation"),
            ('[3,"id",{},{}]', "FormatViolation"),
            ('[3,"id",{"a":1,"a":2}]', "FormatViolation"),
            ('[3,"id",{"status":', "FormatViolation"),
            ('[3,"id",{"a":"\\u0000"}]', "PropertyConstraintViolation"),
        ],
    )
    def test_a_result_that_cannot_be_read_still_ends_its_call(
        self, text: str, code: str, version: str
    ) -> None:
        frame = frames.parse(text, version)
        assert isinstance(frame, CallResult)
        assert frame.defect is not None
        assert (frame.message_id, frame.payload, frame.defect.code) == ("id", {}, code)

    @pytest.mark.parametrize("version", VERSIONS)
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            (
                '[4,"id","NotSupported","no",{"a":1}]',
                CallError("id", "NotSupported", "no", {"a": 1}),
            ),
            ('[4,"id","NotSupported"]', CallError("id", "NotSupported", "", {})),
            ('[4,"id","NotSupported","no"]', CallError("id", "NotSupported", "no", {})),
            (
                '[4,"id","NotSupported","no",{},"more"]',
                CallError("id", "NotSupported", "no", {}),
            ),
            ('[4,"id","NotSupported",null,null]', CallError("id", "NotSupported", "", {})),
            ('[4,"id","Oops<b>","no",{}]', CallError("id", "Oops<b>", "no", {})),
            ('[4,"id"]', CallError("id", "GenericError", "", {})),
            ('[4,"id",7,7,7]', CallError("id", "GenericError", "", {})),
            ('[4,"id","NotSupported",oops', CallError("id", "GenericError", "", {})),
            (
                '[4,"id","FormationViolation","",{}]',
                CallError("id", "FormatViolation", "", {}),
            ),
            (
                '[4,"id","OccurenceConstraintViolation","",{}]',
                CallError("id", "OccurrenceConstraintViolation", "", {}),
            ),
        ],
    )
    def test_a_refusal_stays_a_refusal_however_it_is_written(
        self, text: str, expected: CallError, version: str
    ) -> None:
        assert frames.parse(text, version) == expected

    def test_long_texts_of_a_refusal_are_cut(self) -> None:
        frame = frames.parse(json.dumps([4, "id", "C" * 9999, "d" * 9999, {}]), "1.6")
        assert frame == CallError("id", "C" * 255, "d" * 255, {})

    @pytest.mark.parametrize("version", VERSIONS)
    @pytest.mark.parametrize("text", ["[3]", "[4]", "[3,5,{}]", '[4,"","x","",{}]', f'[3,"{ID36}7",{{}}]'])
    def test_an_answer_that_names_no_call_is_never_answered(self, text: str, version: str) -> None:
        assert isinstance(frames.parse(text, version), Ignored)


class TestTypesOf21:
    @pytest.mark.parametrize("text", ['[5,"id","FormatViolation","",{}]', '[6,"id","X",{}]'])
    def test_the_older_versions_do_not_know_them(self, text: str) -> None:
        assert answered(text, "1.6") is SILENCE
        assert answered(text, "2.0.1") == error("id", "MessageTypeNotSupported")

    def test_a_callresulterror_names_the_exchange_that_failed(self) -> None:
        assert frames.parse('[5,"id","FormatViolation","why",{}]', "2.1") == CallResultError(
            "id", "FormatViolation", "why", {}
        )
        assert frames.parse('[5,"id",oops', "2.1") == CallResultError("id", "GenericError", "", {})

    def test_a_send_is_read_and_null_is_an_empty_payload(self) -> None:
        assert frames.parse('[6,"id","X",{"a":1}]', "2.1") == Send("id", "X", {"a": 1})
        assert frames.parse('[6,"id","X",null]', "2.1") == Send("id", "X", {})

    @pytest.mark.parametrize(
        "text",
        ["[6]", '[6,"id"]', '[6,"id","X"]', '[6,"id","X",[]]', '[6,"id",7,{}]', '[6,"","X",{}]', '[6,"id",x'],
    )
    def test_a_broken_send_is_never_answered(self, text: str) -> None:
        assert isinstance(frames.parse(text, "2.1"), Ignored)


class TestSignedCalls:
    INNER: dict[str, Any] = {"timestamp": "2026-11-22T10:00:00Z", "ü": [1, 2]}

    def jws(self, text: str) -> dict[str, str]:
        payload = base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
        return {"payload": payload, "protected": "e30", "signature": "AAAA"}

    @pytest.mark.parametrize("version", ["2.0.1", "2.1"])
    def test_the_message_inside_is_processed_in_both_forms(self, version: str) -> None:
        jws = self.jws(json.dumps(self.INNER))
        expected = Call("id", "MeterValues", self.INNER)
        assert frames.parse(json.dumps([2, "id", {}, "MeterValues-Signed", jws]), version) == expected
        assert frames.parse(json.dumps([2, "id", "MeterValues-Signed", jws]), version) == expected

    @pytest.mark.parametrize("inner", ["oops", "[]", '{"a":1,"a":2}', '{"a":"\\u0000"}'])
    def test_what_cannot_be_opened_keeps_its_action_which_nobody_implements(self, inner: str) -> None:
        for jws in (self.jws(inner), {"payload": "!"}, {"payload": "_w"}, {"payload": 7}, {}):
            frame = frames.parse(json.dumps([2, "id", {}, "X-Signed", jws]), "2.1")
            assert frame == Call("id", "X-Signed", jws)

    def test_16_has_no_signed_form(self) -> None:
        jws = self.jws("{}")
        assert answered(json.dumps([2, "id", {}, "X-Signed", jws]), "1.6") == error(
            "id", "FormationViolation"
        )
        assert frames.parse(json.dumps([2, "id", "X-Signed", jws]), "1.6") == Call("id", "X-Signed", jws)


class TestWriting:
    def test_frames_are_compact_json_in_the_order_of_the_specification(self) -> None:
        assert frames.call("id", "Reset", {"type": "Soft"}) == '[2,"id","Reset",{"type":"Soft"}]'
        assert frames.call_result("id", {}) == '[3,"id",{}]'
        assert frames.call_error("id", "NotSupported", "", "2.1") == '[4,"id","NotSupported","",{}]'
        assert frames.call_result_error("id", "FormatViolation", "x") == '[5,"id","FormatViolation","x",{}]'
        assert frames.send("id", "X", {"a": None}) == '[6,"id","X",{"a":null}]'

    @pytest.mark.parametrize(
        ("code", "in_16"),
        [
            ("FormatViolation", "FormationViolation"),
            ("OccurrenceConstraintViolation", "OccurenceConstraintViolation"),
            ("RpcFrameworkError", "GenericError"),
            ("MessageTypeNotSupported", "GenericError"),
            ("NotImplemented", "NotImplemented"),
            ("SecurityError", "SecurityError"),
        ],
    )
    def test_a_code_is_spelled_as_the_version_has_it(self, code: str, in_16: str) -> None:
        assert json.loads(frames.call_error("id", code, "", "1.6"))[2] == in_16
        assert json.loads(frames.call_error("id", code, "", "2.0.1"))[2] == code

    def test_a_description_is_cut_at_255_characters(self) -> None:
        assert json.loads(frames.call_error("id", "InternalError", "ä" * 300, "2.1"))[3] == "ä" * 255
        assert json.loads(frames.call_result_error("id", "InternalError", "ä" * 300))[3] == "ä" * 255

    def test_property_names_and_digits_reach_the_station_unchanged(self) -> None:
        payload = {"limit_L2": Decimal("6.10"), "fixedPFAbsorb": {}, "prioritizedEMAIDs": [], "soc": 0}
        assert frames.call("id", "X", payload) == (
            '[2,"id","X",{"limit_L2":6.10,"fixedPFAbsorb":{},"prioritizedEMAIDs":[],"soc":0}]'
        )


texts = st.text(st.characters(codec="utf-8", exclude_characters="\x00"))
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | texts
    | st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**20), max_value=10**20, places=6),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=15,
)
payloads = st.dictionaries(texts, values, max_size=4)
message_ids = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=36)
versions = st.sampled_from(VERSIONS)


@settings(deadline=None)
@given(st.text(st.characters()) | st.text("[]{},:\"\\2e0.-u+ntf '", max_size=60), versions)
def test_no_text_makes_the_reader_raise(text: str, version: str) -> None:
    assert isinstance(frames.parse(text, version), frames.Frame)


@settings(deadline=None)
@given(st.lists(values | st.integers(1, 7), max_size=7), versions)
def test_no_array_makes_the_reader_raise_and_every_refusal_can_be_sent(
    frame: list[Any], version: str
) -> None:
    parsed = frames.parse(jsontext.dumps(frame), version)
    if isinstance(parsed, Refused):
        json.loads(frames.call_error(parsed.message_id, parsed.error.code, str(parsed.error), version))


@settings(deadline=None)
@given(message_ids, texts, payloads, st.data())
def test_a_frame_cut_or_changed_anywhere_is_read_without_raising(
    message_id: str, action: str, payload: dict[str, Any], data: st.DataObject
) -> None:
    text = frames.call(message_id, action, payload)
    place = data.draw(st.integers(0, len(text)))
    inserted = data.draw(st.text(st.characters(), max_size=3))
    for changed in (text[:place], text[place:], text[:place] + inserted + text[place + 1 :]):
        for version in VERSIONS:
            frames.parse(changed, version)


@settings(deadline=None)
@given(message_ids, texts.filter(lambda text: not text.endswith("-Signed")), payloads, versions)
def test_what_is_written_is_read_back(
    message_id: str, action: str, payload: dict[str, Any], version: str
) -> None:
    assert frames.parse(frames.call(message_id, action, payload), version) == Call(
        message_id, action, payload
    )
    assert frames.parse(frames.call_result(message_id, payload), version) == CallResult(message_id, payload)
    assert frames.parse(frames.send(message_id, action, payload), "2.1") == Send(message_id, action, payload)
