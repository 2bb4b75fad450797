"""Room on the primary: the working copies of a finished shoot go to the trash while enough others are proven."""
