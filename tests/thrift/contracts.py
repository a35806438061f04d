"""Random contracts as texts, for laws: everything the language has, shared and recursive."""

from __future__ import annotations

BASES = ("bool", "i8", "i16", "i32", "i64", "double", "string", "binary", "uuid")


def contract(chance, size=4):
    """The text of a whole contract with ``size`` structs, drawn by ``chance``."""
    structs = [f"S{number}" for number in range(size)]

    def kind(depth=0):
        drawn = chance.random()
        if drawn < 0.5 or depth > 2:
            return chance.choice(BASES)
        if drawn < 0.65:
            return chance.choice(["E0", "E1", "T0", "T1"])
        if drawn < 0.8:
            return chance.choice(structs)
        if drawn < 0.9:
            return f"{chance.choice(['list', 'set'])}<{kind(depth + 1)}>"
        return f"map<{kind(depth + 1)}, {kind(depth + 1)}>"

    def fields(*, words=True):
        ids = sorted(chance.sample(range(1, 7), chance.randrange(1, 5)))
        names = chance.sample("abcdefg", len(ids))
        lines = []
        for number, name in zip(ids, names, strict=True):
            word = chance.choice(["", "optional ", "required "]) if words else ""
            drawn = kind()
            default = f" = {chance.randrange(3)}" if drawn in {"i16", "i32", "i64"} else ""
            default = default if chance.random() < 0.3 else ""
            lines.append(f"{number}: {word}{drawn} {name}{default}")
        return ", ".join(lines)

    def values():
        numbers = chance.sample(range(6), 3)
        names = zip(chance.sample("ABCDEF", 3), numbers, strict=True)
        return ", ".join(f"{a} = {b}" for a, b in names)

    parts = [f"enum E{number} {{ {values()} }}" for number in range(2)]
    parts += [f"typedef {chance.choice(BASES)} T0", f"typedef list<{chance.choice(structs)}> T1"]
    for name in structs:
        word = chance.choice(["struct", "struct", "struct", "union", "exception"])
        parts.append(f"{word} {name} {{ {fields(words=word != 'union')} }}")
    parts.append(f"exception X {{ {fields()} }}")
    for number in range(2):
        methods = []
        for name in chance.sample("fghk", 2):
            returns = chance.choice(["void", kind()])
            throws = f" throws ({chance.randrange(1, 3)}: X x)" if chance.random() < 0.5 else ""
            methods.append(f"{returns} {name}({fields(words=False)}){throws}")
        parent = " extends V0" if number and chance.random() < 0.5 else ""
        parts.append(f"service V{number}{parent} {{ {'; '.join(methods)} }}")
    parts.append(f"const i32 C = {chance.randrange(3)}")
    return "\n".join(parts)
