"""The packed door reads what the typed one brings, and writes what wit/packed.md says."""

import dataclasses
import unittest

import answers
from holdfast import (
    AllBut, AzResource, FactKey, LogBackup, LongTerm, Opinion, PartialBackup, Protection, Request, RestoreTest,
    Retention, Schedule, Tag, TestTarget, abstain, exclude, fact, need_facts, protect, tag,
)
from packed import requests
from rule import MANIFEST
from sample import packed, sample

SAMPLE = sample(MANIFEST)


def fields(request: Request) -> dict:
    return {field.name: getattr(request, field.name) for field in dataclasses.fields(request)}


def text(word: str) -> bytes:
    return len(word).to_bytes(4, "little") + word.encode()


ONE = bytes([1, 0, 0, 0])

#: Each field with the number of its bit, and its bytes.
CASES = [
    ({"vault": "v"}, 0, b"\0" + text("v")),
    ({"vault": {"b": "2", "a": "1"}}, 0, b"\1\2\0\0\0" + text("a") + text("1") + text("b") + text("2")),
    ({"policy": "p"}, 1, text("p")),
    ({"retention": Retention(max_days=1)}, 2, b"\0\1" + ONE),
    ({"schedule": Schedule("W", "a", ["monday", "sunday"], 1, "z")}, 3,
     text("W") + b"\1" + text("a") + b"\2\0\0\0" + bytes(4) + b"\6\0\0\0" + b"\1" + ONE + b"\1" + text("z")),
    ({"schedule": Schedule("W")}, 3, text("W") + bytes(7)),
    ({"tier": "vault"}, 4, b"\1"),
    ({"redundancy": "geo-redundant"}, 5, b"\2"),
    ({"snapshot_resource_group": "g"}, 6, text("g")),
    ({"disk_luns": "all"}, 7, b"\0"),
    ({"disk_luns": AllBut([1])}, 7, b"\2" + ONE + ONE),
    ({"blob_containers": ["c"]}, 8, b"\1" + ONE + text("c")),
    ({"databases": AllBut(["d"])}, 9, b"\2" + ONE + text("d")),
    ({"file_shares": []}, 10, b"\1" + bytes(4)),
    ({"long_term": LongTerm(weeks=1, years=1)}, 11, b"\1" + ONE + b"\0\1" + ONE),
    ({"snapshot_days": 1}, 12, ONE),
    ({"log_backup": LogBackup(1)}, 13, b"\1" + ONE + b"\0"),
    ({"partial_backup": PartialBackup("incremental", keep_days=1)}, 14, b"\1" + bytes(4) + b"\1" + ONE),
    ({"archive": "recommended"}, 15, b"\1"),
    ({"archive": 1}, 15, b"\2" + ONE),
    ({"consistency": "crash"}, 16, b"\1"),
    ({"compression": True}, 17, b"\1"),
    ({"restore_test": RestoreTest("M")}, 18, text("M") + bytes(6)),
    ({"restore_test": RestoreTest("M", "oldest", "vault", TestTarget(None, "g", True), "rules")}, 18,
     text("M") + b"\2\1\1\0\1" + text("g") + b"\1\1"),
]


class RequestTest(unittest.TestCase):
    def test_a_packed_request_has_the_fields_of_a_typed_one(self) -> None:
        plain = Request(AzResource(tags=[]), explain=False)
        wide = Request(AzResource(name="Größe", tags=[Tag("Диск", "日本")], kind="👍"), event_time="t")
        given = [SAMPLE, plain, wide]
        for found, expected in zip(requests(packed(*given)), given, strict=True):
            self.assertEqual(fields(found.target), fields(expected.target))
            for field in ("workload", "labels", "facts", "event_time", "explain"):
                self.assertEqual(getattr(found, field), getattr(expected, field), field)
            self.assertEqual(dataclasses.asdict(found), dataclasses.asdict(expected))

    def test_a_text_is_decoded_when_it_is_read_and_then_kept(self) -> None:
        buffer = bytearray(packed(SAMPLE))
        (request,) = requests(buffer)
        self.assertEqual(request.target.location, "westeurope")
        buffer[:] = bytes(buffer).replace(b"westeurope", b"northernsea").replace(b"sample", b"simple")[: len(buffer)]
        self.assertEqual(request.target.location, "westeurope")
        self.assertEqual(request.target.name, "simple")
        self.assertIs(request.target.tags, request.target.tags)

    def test_a_tag_is_found_by_the_same_names_packed_or_not(self) -> None:
        kelvin = "\u212aeep"
        names = ["Keep", kelvin, "GRÖSSE", "\u0130d"]
        for tags in ([Tag(name, name) for name in names], [Tag(kelvin, "")]):
            typed = AzResource(tags=tags)
            (request,) = requests(packed(Request(typed)))
            for name in [*names, "keep", "größe", "i\u0307d", "id", "kee", "keepe", ""]:
                self.assertEqual(tag(request.target, name), tag(typed, name), name)

    def test_a_fact_is_found(self) -> None:
        (request,) = requests(packed(SAMPLE))
        self.assertEqual(fact(request, "sample", "Other"), {})
        self.assertIsNone(fact(request, "sample", "sample"))


class AnswerTest(unittest.TestCase):
    def written(self, opinion: Opinion) -> bytes:
        return answers.opinion(opinion, explain=True)

    def test_every_field_lies_where_the_contract_says(self) -> None:
        for stated, bit, expected in CASES:
            with self.subTest(stated):
                header = b"\1" + (1 << bit).to_bytes(4, "little")
                self.assertEqual(self.written(protect(Protection(**stated))), header + expected + bytes(8))
        self.assertEqual([name for name, _ in answers.FIELDS], list(Protection.__dataclass_fields__))

    def test_every_verdict_is_written(self) -> None:
        for opinion, expected in (
            (abstain(), b"\0"),
            (exclude("opted-out", "t"), b"\2\3\1" + text("t")),
            (exclude("other"), b"\2\4\0"),
            (need_facts(FactKey("k", "s")), b"\3" + ONE + text("k") + text("s")),
        ):
            self.assertEqual(self.written(opinion), expected + bytes(8))
        self.assertEqual(answers.failure("é"), b"\6\2\0\0\0\xc3\xa9")
        self.assertEqual(answers.answers([b"a", b"b"]), b"\2\0\0\0ab")

    def test_labels_lie_before_the_reasons_and_evidence_is_left_out_where_none_is_wanted(self) -> None:
        opinion = abstain().labelled("n", "v").because("c", "m").seen("p", "w")
        start = b"\0" + ONE + text("n") + text("v") + ONE + text("c") + text("m")
        self.assertEqual(self.written(opinion), start + ONE + text("p") + text("w"))
        self.assertEqual(answers.opinion(opinion, explain=False), start + bytes(4))

    def test_what_the_contract_does_not_know_is_refused(self) -> None:
        for stated in ({"tier": "cold"}, {"snapshot_days": -1}, {"policy": 3}):
            with self.assertRaises(Exception):
                self.written(protect(Protection(**stated)))


if __name__ == "__main__":
    unittest.main()
