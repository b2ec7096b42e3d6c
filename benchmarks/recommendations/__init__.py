"""Do recommended settings run as they are printed? Some are picked at random and executed on their own."""
