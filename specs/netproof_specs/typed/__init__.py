"""The quick way to read objects of which an input may hold very many.

A typed decoder accepts what is right at once. Whatever it does not accept is read again by the
readers, which alone word problems: accepted here implies the same item there.
"""
