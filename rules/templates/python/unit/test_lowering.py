"""What rules state arrives in the contract's types, which here only say what they were given."""

import sys
import types
import unittest


class Named:
    """Stands for a type of the contract: a call gives its name and what it was given, an index a word of an enum."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, *given, **stated):
        return (self.name, *given, *stated.values()) if self.name != "Protection" else stated

    def __getitem__(self, word: str) -> str:
        return word


class Types(types.ModuleType):
    def __getattr__(self, name: str) -> Named:
        return Named(name)


contract = types.ModuleType("wit_world.imports")
contract.types = Types("wit_world.imports.types")
sys.modules.update({"wit_world": types.ModuleType("wit_world"), "wit_world.imports": contract})

from holdfast import (  # noqa: E402
    AllBut, LogBackup, LongTerm, PartialBackup, Protection, RestoreTest, Retention, Schedule, TestTarget,
)
from lowering import protection  # noqa: E402

CASES = {
    "vault": [("v", ("VaultChoice_Named", "v")), ({"a": "1"}, ("VaultChoice_Selector", [("Tag", "a", "1")]))],
    "policy": [("p", "p")],
    "retention": [(Retention(min_days=3), ("Retention", 3, None))],
    "schedule": [
        (Schedule("P1W", "01:00", ["sunday"], 4, "UTC"), ("Schedule", "P1W", "01:00", ["SUNDAY"], 4, "UTC")),
        (Schedule("P1D"), ("Schedule", "P1D", None, [], None, None)),
    ],
    "tier": [("vault", "VAULT")],
    "redundancy": [("geo-redundant", "GEO_REDUNDANT")],
    "snapshot_resource_group": [("rg", "rg")],
    "disk_luns": [
        ("all", ("Luns_All",)),
        ([0, 1], ("Luns_Named", [0, 1])),
        (AllBut([2]), ("Luns_AllBut", [2])),
    ],
    "blob_containers": [("all", ("Items_All",)), (["a"], ("Items_Named", ["a"])), ([], ("Items_Named", []))],
    "databases": [(AllBut(["d"]), ("Items_AllBut", ["d"]))],
    "file_shares": [(["s"], ("Items_Named", ["s"]))],
    "long_term": [(LongTerm(weeks=4, years=1), ("LongTerm", 4, None, 1))],
    "snapshot_days": [(2, 2)],
    "log_backup": [(LogBackup(15), ("LogBackup", 15, None))],
    "partial_backup": [(PartialBackup("incremental", ["monday"], 5), ("PartialBackup", "INCREMENTAL", ["MONDAY"], 5))],
    "archive": [
        ("never", ("Archive_Never",)),
        ("recommended", ("Archive_Recommended",)),
        (90, ("Archive_AfterDays", 90)),
    ],
    "consistency": [("crash", "CRASH")],
    "compression": [(False, False), (True, True)],
    "restore_test": [
        (
            RestoreTest("P1M", "latest-clean", "vault", TestTarget("s", "rg", True), "rules"),
            ("RestoreTest", "P1M", "LATEST_CLEAN", "VAULT", ("TestTarget", "s", "rg", True), "RULES"),
        ),
        (
            RestoreTest("P1M"),
            ("RestoreTest", "P1M", "LATEST", None, ("TestTarget", None, None, False), "COMPLETION"),
        ),
    ],
}


class LoweringTest(unittest.TestCase):
    def test_every_field_arrives(self) -> None:
        for field, cases in CASES.items():
            for stated, lowered in cases:
                with self.subTest(field=field, stated=stated):
                    self.assertEqual(protection(Protection(**{field: stated}))[field], lowered)

    def test_no_field_is_forgotten(self) -> None:
        fields = set(Protection.__dataclass_fields__)
        self.assertEqual(set(CASES), fields)
        self.assertEqual(protection(Protection()), {field: None for field in fields})


if __name__ == "__main__":
    unittest.main()
