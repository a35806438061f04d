typedef i64 UserId

struct User { 1: UserId id, 2: UserId manager }
struct Team { 1: list<UserId> members, 2: map<UserId, string> roles }

service Users { User find(1: UserId id) }
