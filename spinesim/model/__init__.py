"""What a spine is: anatomy tables, subject, posture, load."""
