"""The measuring stick: the product and two bare reference servers under the same load, on the same machine, in the same run."""
