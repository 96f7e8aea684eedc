"""Who calls: customers, their credentials, and the EdgeGrid signature. No tool and no catalogue here."""
