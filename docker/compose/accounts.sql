-- Only the gate's client certificate gets in from the network.
ALTER USER app@'%' REQUIRE X509;
