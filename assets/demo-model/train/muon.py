"""Muon: momentum whose update of each matrix is made orthogonal by five Newton-Schulz steps (Jordan et al., 2024)."""
import torch
import torch.distributed as dist


def add_up(tensors, processes):
    """Sums every tensor over the processes, in place."""
    if processes == 1:
        return
    flat = torch.cat([t.reshape(-1) for t in tensors])
    dist.all_reduce(flat)
    for t, part in zip(tensors, flat.split([t.numel() for t in tensors])):
        t.copy_(part.view_as(t))


class Muon:
    """Each process makes the updates of a part of the matrices; the updates are added up."""

    def __init__(self, matrices, writes, rank, processes, momentum=.95):
        """writes: of each matrix, whether it writes to the residual; those take smaller steps."""
        self.matrices, self.writes, self.processes, self.momentum = matrices, writes, processes, momentum
        self.buffers = [torch.zeros_like(p) for p in matrices]
        shapes = {}
        for i, p in enumerate(matrices):
            shapes.setdefault(tuple(sorted(p.shape)), []).append(i)
        self.groups = [same[rank::processes] for same in shapes.values()]

    @torch.no_grad()
    def step(self, rate, decay=.02):
        updates = [torch.zeros_like(p) for p in self.matrices]
        for group in filter(None, self.groups):
            wide = []
            for i in group:
                p, buffer = self.matrices[i], self.buffers[i]
                buffer.lerp_(p.grad, 1 - self.momentum)
                u = p.grad.lerp(buffer, self.momentum)
                wide.append(u if u.shape[0] <= u.shape[1] else u.T)
            x = torch.stack(wide)
            x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
            for _ in range(5):
                g = x @ x.transpose(1, 2)
                x = 3.4445 * x + (-4.7750 * g + 2.0315 * g @ g) @ x
            for i, u in zip(group, x):
                updates[i].copy_(u if self.matrices[i].shape[0] <= self.matrices[i].shape[1] else u.T)
        add_up(updates, self.processes)
        for p, u, writes in zip(self.matrices, updates, self.writes):
            p.mul_(1 - rate * decay)
            p.add_(u, alpha=-rate * max(1, p.shape[0] / p.shape[1]) ** .5 * (.4 if writes else 1))
