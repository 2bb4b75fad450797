"""The ASC MHL history that stands beside the files (specification 1.0, format 2.0): written, read strictly, compared.

| module | what it holds |
|---|---|
| `records` | the words: Entry, Generation, History, Manifest |
| `hashing` | C4 and folder hashes |
| `ignore` | the patterns of generation 1 and a matcher that no pattern can hang |
| `names` | which names XML can hold; manifest names |
| `tree` | the names a folder holds |
| `decide` | original, verified or failed; what is left out and why (pure) |
| `write`, `parse`, `strict_xml` | records to bytes and back |
| `history` | a history read and checked as a whole; the next generation |
| `store` | a generation appended durably: what a session calls |
| `verify` | a folder compared with its history |
"""
