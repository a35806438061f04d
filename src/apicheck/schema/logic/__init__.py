"""The logic of containment: schemas as formulas, and values that satisfy them.

``form`` holds formulas, ``compile`` makes them of schemas, ``solve`` looks for a value, one
theory per type helps it, and ``witness`` makes the value small and has it confirmed.
Nothing here knows of contracts; ``apicheck.schema.relation`` is the way in.
"""
