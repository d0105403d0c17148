namespace TSpin.Torch.Tests;
