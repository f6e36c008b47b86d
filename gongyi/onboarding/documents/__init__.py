"""Word documents people download, print, sign and stamp: the application form, letters of commitment and authorization."""
