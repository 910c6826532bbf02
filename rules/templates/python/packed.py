"""Requests as they arrive at the packed door; wit/packed.md says where each text lies. One is decoded when it is read, once."""

from __future__ import annotations

import struct
from functools import cached_property
from typing import Optional

from holdfast import AzResource, Fact, FactKey, Request, Tag

#: Where the slots of tags begin in a block, and the bytes that those of a tag (a label too) and of a fact take.
TAGS, TAG, FACT = 104, 16, 24

number_at = struct.Struct("<I").unpack_from
slot_at = struct.Struct("<II").unpack_from


def requests(buffer: bytes) -> list[Request]:
    (count,) = number_at(buffer, 0)
    return [PackedRequest(Block(buffer, start)) for start in struct.unpack_from(f"<{count}I", buffer, 4)]


class Block:
    """The bytes of one request."""

    __slots__ = ("buffer", "start")

    def __init__(self, buffer: bytes, start: int) -> None:
        self.buffer = buffer
        self.start = start

    def number(self, at: int) -> int:
        return number_at(self.buffer, self.start + at)[0]

    def text(self, slot: int) -> Optional[str]:
        """What a slot names; none for what is absent."""
        position, length = slot_at(self.buffer, self.start + slot)
        if position == 0:
            return None
        position += self.start
        return self.buffer[position : position + length].decode()

    def tag(self, slot: int) -> Tag:
        return Tag(self.text(slot), self.text(slot + 8))

    def tags(self, slot: int, count: int) -> list[Tag]:
        return [self.tag(at) for at in range(slot, slot + TAG * count, TAG)]


def text(slot: int) -> cached_property:
    return cached_property(lambda packed: packed.block.text(slot))


class PackedResource(AzResource):
    id, type, name, location = text(12), text(20), text(28), text(36)
    resource_group, subscription, sku, kind, body = text(44), text(52), text(60), text(68), text(76)

    def __init__(self, block: Block) -> None:
        self.block = block

    @cached_property
    def tags(self) -> list[Tag]:
        return self.block.tags(TAGS, self.block.number(4))

    def tag_in_lower_case(self, wanted: str) -> Optional[Tag]:
        block = self.block
        buffer, start = block.buffer, block.start
        least, most = len(wanted), longest(wanted)
        for slot in range(TAGS, TAGS + TAG * block.number(4), TAG):
            # Most names differ in length, which is seen without decoding them.
            (length,) = number_at(buffer, start + slot + 4)
            if length == least or most is None or least < length <= most:
                tag = block.tag(slot)
                if tag.name.lower() == wanted:
                    return tag
        return None


class PackedRequest(Request):
    event_time = text(84)

    def __init__(self, block: Block) -> None:
        self.block = block
        self.target = PackedResource(block)

    @cached_property
    def workload(self) -> str:
        return self.block.text(92) or ""

    @cached_property
    def labels(self) -> list[Tag]:
        block = self.block
        return block.tags(TAGS + TAG * block.number(4) + FACT * block.number(8), block.number(100))

    @cached_property
    def facts(self) -> list[Fact]:
        block, first = self.block, TAGS + TAG * self.block.number(4)
        slots = range(first, first + FACT * block.number(8), FACT)
        return [Fact(FactKey(block.text(at), block.text(at + 8)), block.text(at + 16)) for at in slots]

    @cached_property
    def explain(self) -> bool:
        return self.block.number(0) & 1 == 1


def longest(wanted: str) -> Optional[int]:
    """How many bytes a name may have that is this text in lower case; none for any.

    Of all signs beyond ASCII, that of the kelvin alone has an ASCII letter as its lower case.
    """
    return len(wanted) + 2 * wanted.count("k") if wanted.isascii() else None
