import apicheck

small = {"type": "string", "enum": ["s", "m"]}
large = {"type": "string", "maxLength": 1}
print(apicheck.contains(small, large))
print(apicheck.contains(large, small))
