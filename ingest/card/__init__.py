"""What is on the card: finding it, walking it, when and by what each file was taken, whether a picture is whole."""
