print("tenderbridge")
