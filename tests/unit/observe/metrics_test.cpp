#include "proxy/observe/metrics.hpp"

#include <gtest/gtest.h>

namespace {

using namespace portcullis::observe;
using namespace std::chrono_literals;

TEST(Histogram, ABoundBelongsToItsBucket) {
    histogram times;
    times.observe(0ns);
    times.observe(1ms);
    times.observe(1001us);
    times.observe(10s);
    times.observe(11s);
    const auto read = times.read();
    EXPECT_EQ(read.counts[0], 2U);
    EXPECT_EQ(read.counts[1], 1U);
    EXPECT_EQ(read.counts[histogram::bounds.size() - 1], 1U);
    EXPECT_EQ(read.counts.back(), 1U);
    EXPECT_EQ(read.total(), 5U);
    EXPECT_NEAR(read.sum, 21.002001, 1e-9);
}

TEST(Handshakes, AreCountedByWhatWasAgreedOn) {
    handshakes leg;
    portcullis::certs::tls_facts agreed;
    agreed.version = "TLSv1.3";
    agreed.cipher = "TLS_AES_128_GCM_SHA256";
    leg.count(agreed, 1ms);
    leg.count(agreed, 1ms);
    agreed.resumed = true;
    leg.count(agreed, 1ms);
    EXPECT_EQ(leg.agreed().size(), 2U);
    EXPECT_EQ(leg.agreed().at({"TLSv1.3", "TLS_AES_128_GCM_SHA256", false}), 2U);
    EXPECT_EQ(leg.time().read().total(), 3U);
}

}  // namespace
