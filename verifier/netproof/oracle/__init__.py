"""The oracle: what the rules say about one concrete connection, read straight from the model.

It shares no code with the encodings. Modules of the same name here and there are twins: the same
functions in the same order, one deciding a value and the other building a term.
"""
