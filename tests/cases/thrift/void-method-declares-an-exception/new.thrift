exception NotFound { 1: string id }
exception Locked { 1: string by }

service Files {
  void remove(1: string id) throws (1: NotFound missing, 2: Locked locked)
  string read(1: string id) throws (1: NotFound missing, 2: Locked locked)
}
