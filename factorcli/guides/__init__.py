"""What README links to: the guides that are shipped with the package."""
