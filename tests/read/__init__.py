"""What people read: tables, help texts, messages and progress, from records made by hand. Marker: `read`."""
