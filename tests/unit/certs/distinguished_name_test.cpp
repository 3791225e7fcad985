#include "certs/distinguished_name.hpp"

#include "certs/error.hpp"
#include "certs/openssl_ptr.hpp"

#include <gtest/gtest.h>

#include <array>
#include <random>

namespace portcullis::certs {
namespace {

using attributes = std::vector<name_attribute>;

struct entry {
    const char* type;
    int asn1_type;
    std::string bytes;
    int set = 0;  ///< as X509_NAME_add_entry: 0 a new RDN, -1 the one before
};

/// As a peer would send it: encoded and decoded again.
distinguished_name name_of(const std::vector<entry>& entries) {
    const x509_name_ptr name(X509_NAME_new());
    for (const auto& each : entries) {
        ASN1_OBJECT* const object = OBJ_txt2obj(each.type, 0);
        X509_NAME_ENTRY* const made = X509_NAME_ENTRY_create_by_OBJ(
            nullptr, object, each.asn1_type, reinterpret_cast<const unsigned char*>(each.bytes.data()),
            static_cast<int>(each.bytes.size()));
        X509_NAME_add_entry(name.get(), made, -1, each.set);
        X509_NAME_ENTRY_free(made);
        ASN1_OBJECT_free(object);
    }
    unsigned char* der = nullptr;
    const int length = i2d_X509_NAME(name.get(), &der);
    const openssl_bytes_ptr owner(der);
    const unsigned char* position = der;
    const x509_name_ptr decoded(d2i_X509_NAME(nullptr, &position, length));
    return distinguished_name::from(decoded.get());
}

TEST(DistinguishedName, IsReadAsMySqlWritesIt) {
    const auto name = distinguished_name::parse("/C=SE/ST=Stockholm/O=Example Corp/OU=a b/CN=app/emailAddress=a@b.c");
    ASSERT_TRUE(name);
    EXPECT_EQ(name->attributes(), (attributes{{"C", "SE", 0},
                                              {"ST", "Stockholm", 1},
                                              {"O", "Example Corp", 2},
                                              {"OU", "a b", 3},
                                              {"CN", "app", 4},
                                              {"emailAddress", "a@b.c", 5}}));
}

TEST(DistinguishedName, KnowsLongNamesAndOids) {
    EXPECT_EQ(distinguished_name::parse("/commonName=app").value(), distinguished_name::parse("/CN=app").value());
    EXPECT_EQ(distinguished_name::parse("/2.5.4.3=app").value(), distinguished_name::parse("/CN=app").value());
    EXPECT_EQ(distinguished_name::parse("/1.3.6.1.4.1.99999.7=x").value().attributes().front().type,
              "1.3.6.1.4.1.99999.7");
}

TEST(DistinguishedName, IsRefusedWhenMalformed) {
    using namespace std::string_literals;
    const std::array texts = {""s,         "/"s,         "CN=app"s,  "/CN"s,     "/=app"s,   "/CN=a/"s,
                              "//CN=a"s,   "/NOPE=a"s,   "/CN=a/b"s, "/CN=a+b"s, "/CN=a\\"s, "/CN=a\\q"s,
                              "/CN=\\x4"s, "/CN=\\xZZ"s, "/ CN=a"s,  "/C\0N=a"s, "/CN =a"s,  "/+CN=a"s};
    for (const auto& text : texts) {
        const auto name = distinguished_name::parse(text);
        ASSERT_TRUE(name.has_error()) << text;
        EXPECT_EQ(name.error(), errc::bad_distinguished_name) << text;
    }
}

TEST(DistinguishedName, OfACertificateEqualsItsText) {
    const auto name = name_of({{"C", V_ASN1_PRINTABLESTRING, "SE"}, {"CN", V_ASN1_UTF8STRING, "app"}});
    EXPECT_EQ(name, distinguished_name::parse("/C=SE/CN=app").value());
    EXPECT_NE(name, distinguished_name::parse("/CN=app").value());
    EXPECT_NE(name, distinguished_name::parse("/CN=app/C=SE").value());
    EXPECT_NE(name, distinguished_name::parse("/C=SE/CN=App").value());
}

TEST(DistinguishedName, ASlashInAValueImitatesNoRdn) {
    const auto forged = name_of({{"CN", V_ASN1_UTF8STRING, "x/O=Example/CN=admin"}});
    EXPECT_NE(forged, distinguished_name::parse("/CN=x/O=Example/CN=admin").value());
    EXPECT_EQ(forged.to_string(), "/CN=x\\/O=Example\\/CN=admin");
    EXPECT_EQ(forged.attributes().size(), 1U);
}

TEST(DistinguishedName, ANulHidesNothing) {
    using namespace std::string_literals;
    const auto forged = name_of({{"CN", V_ASN1_UTF8STRING, "admin\0.evil"s}});
    EXPECT_NE(forged, distinguished_name::parse("/CN=admin").value());
    EXPECT_EQ(forged.to_string(), "/CN=admin\\x00.evil");
}

TEST(DistinguishedName, MultiValuedRdnsAreSets) {
    const auto pair = name_of({{"CN", V_ASN1_UTF8STRING, "app"}, {"OU", V_ASN1_UTF8STRING, "db", -1}});
    EXPECT_EQ(pair, distinguished_name::parse("/CN=app+OU=db").value());
    EXPECT_EQ(pair, distinguished_name::parse("/OU=db+CN=app").value());
    EXPECT_NE(pair, distinguished_name::parse("/CN=app/OU=db").value());
    EXPECT_NE(pair, distinguished_name::parse("/CN=app\\+OU=db").value());
}

TEST(DistinguishedName, ComparesTextsOfEveryEncoding) {
    const auto koeln = distinguished_name::parse("/CN=K\xC3\xB6ln").value();
    EXPECT_EQ(name_of({{"CN", V_ASN1_UTF8STRING, "K\xC3\xB6ln"}}), koeln);
    EXPECT_EQ(name_of({{"CN", V_ASN1_T61STRING, "K\xF6ln"}}), koeln);
    EXPECT_EQ(name_of({{"CN", V_ASN1_BMPSTRING, std::string("\0K\0\xF6\0l\0n", 8)}}), koeln);
    EXPECT_EQ(distinguished_name::parse("/CN=K\\xC3\\xB6ln").value(), koeln);
    EXPECT_EQ(koeln.to_string(), "/CN=K\xC3\xB6ln");
}

TEST(DistinguishedName, WhatCannotBeConvertedEqualsNoText) {
    // OpenSSL does not load names whose text it cannot convert; what is no text at all it does.
    const auto bits = name_of({{"CN", V_ASN1_BIT_STRING, "app"}});
    ASSERT_FALSE(bits.empty());
    EXPECT_NE(bits, distinguished_name::parse("/CN=app").value());
    EXPECT_EQ(distinguished_name::parse(bits.to_string()).value(), bits);
}

TEST(DistinguishedName, PrintsNothingThatATerminalObeys) {
    const auto name = name_of({{"CN", V_ASN1_UTF8STRING,
                                "a\x1B[2Jb\nc\xC2\x9B"
                                "d\xE2\x80\xAE"
                                "e"}});
    EXPECT_EQ(name.to_string(), "/CN=a\\x1B[2Jb\\x0Ac\\xC2\\x9Bd\\xE2\\x80\\xAEe");
}

TEST(DistinguishedName, ParseUndoesToString) {
    constexpr std::array types = {"CN", "O", "OU", "C", "emailAddress", "UID", "DC", "1.3.6.1.4.1.99999.1"};
    constexpr std::string_view pieces[] = {"a",   "/",        "+",    "\\", "=",    " ",
                                           "x41", "\xC3\xB6", "\xFF", "\n", "\x7F", "\xE2\x80\xAE"};
    std::mt19937 random(20260101);  // NOLINT(bugprone-random-generator-seed): the same names every time
    const auto below = [&](std::size_t limit) {
        return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random);
    };
    for (int round = 0; round < 5000; ++round) {
        attributes parts;
        int set = 0;
        for (std::size_t count = 1 + below(5); count > 0; --count) {
            name_attribute part{types[below(types.size())], "", set};
            for (std::size_t length = below(8); length > 0; --length)
                part.value += below(4) == 0 ? std::string(1, static_cast<char>(below(256)))
                                            : std::string(pieces[below(std::size(pieces))]);
            parts.push_back(part);
            if (below(3) != 0) ++set;
        }
        const distinguished_name name(parts);
        const auto again = distinguished_name::parse(name.to_string());
        ASSERT_TRUE(again) << name.to_string();
        ASSERT_EQ(*again, name) << name.to_string();
    }
}

TEST(DistinguishedName, OfNothingIsEmpty) {
    EXPECT_TRUE(distinguished_name::from(nullptr).empty());
    EXPECT_EQ(distinguished_name().to_string(), "");
}

}  // namespace
}  // namespace portcullis::certs
