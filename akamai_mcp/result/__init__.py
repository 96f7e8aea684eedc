"""What comes back: a response to the answer that an agent reads, with its pages, selection and size budget.

Others take `answer.Answer`, `decoding` and `shaping` for one response, `page_rules`, `page_steps` and `paging` for many,
`selection`, `budget` and `store` for large answers. Work that continues has a room of its own, outcomes/.
"""
