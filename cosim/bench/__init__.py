"""What a bench is: stimulus, expectation, records, coverage bins, view. No simulator here."""
