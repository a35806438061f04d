"""What a value must be like to show just one change and not another of the same schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apicheck.model import Direction

if TYPE_CHECKING:
    from apicheck.model import Change, Place

__all__ = ["hint"]

#: Keywords that say something by themselves, and those that they need beside them.
_ALONE: dict[str, tuple[str, ...]] = {
    "enum": (),
    "const": (),
    "pattern": (),
    "format": (),
    "minLength": (),
    "maxLength": (),
    "minItems": (),
    "maxItems": (),
    "uniqueItems": (),
    "minProperties": (),
    "maxProperties": (),
    "multipleOf": (),
    "type": ("nullable", "x-nullable"),
    "nullable": ("type",),
    "minimum": ("exclusiveMinimum",),
    "maximum": ("exclusiveMaximum",),
    "exclusiveMinimum": ("minimum",),
    "exclusiveMaximum": ("maximum",),
}


def hint(change: Change, direction: Direction) -> Any:
    """A schema for the value at the changed place: ``True`` where nothing more can be said.

    The value shall be refused by the keyword that the change is about, or be the very one that
    it names. A hint may be wrong: then there is no such value, and it is asked for without.
    """
    values = change.values
    inbound = direction is Direction.INBOUND
    gone = values.get("name")
    if isinstance(gone, str) and "required" in change.rule.id:
        return {"type": "object", "not": {"required": [gone]}}
    if isinstance(gone, str) and "closed-property" in change.rule.id:
        return {"type": "object", "required": [gone]}
    sender, reader = (change.old, change.new) if inbound else (change.new, change.old)
    if sender is not None and len(sender.pointer) > 1 and sender.pointer[-2] == "enum":
        return {"enum": [_at(sender)]}
    if reader is not None and reader.pointer and reader.pointer[-1] in _ALONE:
        keyword = str(reader.pointer[-1])
        holder = _at(reader, up=1)
        if type(holder) is dict and keyword in holder:
            names = (keyword, *_ALONE[keyword])
            return {"not": {name: holder[name] for name in names if name in holder}}
    return True


def _at(place: Place, up: int = 0) -> Any:
    value = place.document.data
    for step in place.pointer[: len(place.pointer) - up]:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return None
    return value
