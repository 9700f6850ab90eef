"""Tables, every SQL statement, row scope, the snapshot, loaders, migrations."""
