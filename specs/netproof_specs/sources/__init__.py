"""The bytes that the user names: files, folders, standard input, revisions."""
