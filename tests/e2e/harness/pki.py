"""The certificates of a test run: whose are what, who trusts whom.

    client_ca   signs the gate's certificate toward clients, and clients' own
    cluster_ca  signs the aggregators' certificates and the gate's toward them
    stranger_ca signs nothing that anybody here trusts
"""
from .authority import Authority


class Pki:
    def __init__(self, scratch):
        self._scratch = scratch
        self.client_ca = self.authority("Client CA")
        self.cluster_ca = self.authority("Cluster CA")
        self.stranger_ca = self.authority("Stranger CA")
        self.gate = self.client_ca.issue("gate", key="rsa")
        self.gate_ecdsa = self.client_ca.issue("gate-ecdsa")
        self.alice = self.client_ca.issue("alice")
        self.bob = self.client_ca.issue("bob")
        self.stranger = self.stranger_ca.issue("alice")
        self.aggregator = self.cluster_ca.issue("aggregator")
        self.gate_client = self.cluster_ca.issue("gate-client")

    def authority(self, name="A CA", key="ec"):
        return Authority(self._scratch.folder("ca"), name, key)

    def intermediate(self, authority, name="Intermediate CA"):
        return authority.intermediate(self._scratch.folder("ca"), name)

    @property
    def ca(self):
        """What an aggregator's certificate is verified with."""
        return self.cluster_ca.ca

    @property
    def client_trust(self):
        """What a client verifies the gate with: the user's --ssl-ca."""
        return self.client_ca.ca
