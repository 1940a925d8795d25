"""Tables of decisions: the answer first, then how sure it is, then why."""
