"""What an account owns, found by name: read through the one path of a call, kept for a while, matched and joined.

Others take `lazy.LazyInventory`, which builds `service.Inventory` when it is first asked for, `policy.InventoryPolicy`, and
`pointing` for the questions that it answers.

Which operations list things, and where in their answers, is in the guide (`specs/guide/inventory.yaml`); nothing here knows one.
"""
