"""Every pair of writes to one application at the same moment, over HTTP on several processes.

`cases` lists the pairs, `people` makes the applications and those who write, `writes` is
what they send, `orders` says what may come out, `test_races` lets them meet.
"""
