struct Place { 1: binary shelf, 2: optional i32 row }
