namespace TSpin.Torch;
