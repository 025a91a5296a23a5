"""What runs on the chips: networks, data sets, input coding, event files, trainers."""
