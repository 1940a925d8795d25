"""What people read: tables of results written by hand, read back by heading."""
