"""Small pictures from proven copies, and the contact sheets made of them."""
