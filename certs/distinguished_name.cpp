#include "certs/distinguished_name.hpp"

#include "certs/error.hpp"
#include "certs/openssl_ptr.hpp"
#include "certs/printable.hpp"

#include <openssl/err.h>
#include <openssl/objects.h>

#include <algorithm>
#include <tuple>
#include <utility>

namespace portcullis::certs {
namespace {

constexpr std::size_t longest_type = 256;

/// OpenSSL's short name, or the dotted OID where it has none.
std::string type_name(const ASN1_OBJECT* object) {
    const int nid = OBJ_obj2nid(object);
    if (nid != NID_undef) return OBJ_nid2sn(nid);
    const int length = OBJ_obj2txt(nullptr, 0, object, 1);
    if (length <= 0) return {};
    std::string dotted(static_cast<std::size_t>(length) + 1, '\0');
    OBJ_obj2txt(dotted.data(), length + 1, object, 1);
    dotted.pop_back();
    return dotted;
}

std::string value_of(const ASN1_STRING* string) {
    unsigned char* converted = nullptr;
    const int length = ASN1_STRING_to_UTF8(&converted, string);
    if (length < 0) {
        ERR_clear_error();
        const auto* raw = ASN1_STRING_get0_data(string);
        return '\xFF' + std::string(raw, raw + ASN1_STRING_length(string));
    }
    const openssl_bytes_ptr owner(converted);
    return {converted, converted + length};
}

/// What is left of the text and the name read so far.
struct reader {
    std::string_view rest;
    std::vector<name_attribute> attributes;
    int set = -1;

    bool read_type(std::string& type);
    bool read_value(std::string& value);
    bool read_escape(std::string& value);
};

bool reader::read_type(std::string& type) {
    const auto equals = rest.find('=');
    if (equals == 0 || equals == std::string_view::npos || equals > longest_type) return false;
    const std::string word(rest.substr(0, equals));
    if (word.find('\0') != std::string::npos) return false;
    rest.remove_prefix(equals + 1);
    const std::unique_ptr<ASN1_OBJECT, openssl_free<ASN1_OBJECT_free>> object(OBJ_txt2obj(word.c_str(), 0));
    ERR_clear_error();
    if (!object) return false;
    type = type_name(object.get());
    return !type.empty();
}

int hex_digit(char letter) {
    if (letter >= '0' && letter <= '9') return letter - '0';
    if (letter >= 'a' && letter <= 'f') return letter - 'a' + 10;
    if (letter >= 'A' && letter <= 'F') return letter - 'A' + 10;
    return -1;
}

/// Behind a backslash: one of / + \ for itself, or x and two digits.
bool reader::read_escape(std::string& value) {
    if (rest.empty()) return false;
    const char letter = rest.front();
    rest.remove_prefix(1);
    if (letter == '/' || letter == '+' || letter == '\\') {
        value += letter;
        return true;
    }
    if (letter != 'x' || rest.size() < 2) return false;
    const int high = hex_digit(rest[0]);
    const int low = hex_digit(rest[1]);
    if (high < 0 || low < 0) return false;
    value += static_cast<char>(high * 16 + low);
    rest.remove_prefix(2);
    return true;
}

/// Up to an unescaped '/' or '+', which stays.
bool reader::read_value(std::string& value) {
    while (!rest.empty() && rest.front() != '/' && rest.front() != '+') {
        const char letter = rest.front();
        rest.remove_prefix(1);
        if (letter != '\\')
            value += letter;
        else if (!read_escape(value))
            return false;
    }
    return true;
}

std::string escaped_value(std::string_view value) {
    std::string text;
    while (!value.empty()) {
        const char letter = value.front();
        const auto length = printable_prefix(value);
        if (length == 0)
            text += escaped_byte(letter);
        else if (letter == '/' || letter == '+' || letter == '\\')
            text += {'\\', letter};
        else
            text += value.substr(0, length);
        value.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return text;
}

}  // namespace

distinguished_name::distinguished_name(std::vector<name_attribute> attributes) : attributes_(std::move(attributes)) {
    int number = -1;
    int previous = 0;
    for (auto& each : attributes_) {
        if (number < 0 || each.set != previous) ++number;
        previous = std::exchange(each.set, number);
    }
    std::ranges::sort(attributes_, {},
                      [](const name_attribute& each) { return std::tie(each.set, each.type, each.value); });
}

boost::system::result<distinguished_name> distinguished_name::parse(std::string_view text) {
    reader input{text, {}, -1};
    if (text.empty() || text.front() != '/') return errc::bad_distinguished_name;
    while (!input.rest.empty()) {
        if (input.rest.front() == '/') ++input.set;
        input.rest.remove_prefix(1);
        name_attribute attribute;
        attribute.set = input.set;
        if (!input.read_type(attribute.type) || !input.read_value(attribute.value)) return errc::bad_distinguished_name;
        input.attributes.push_back(std::move(attribute));
    }
    return distinguished_name(std::move(input.attributes));
}

distinguished_name distinguished_name::from(const X509_name_st* name) {
    std::vector<name_attribute> attributes;
    const int count = name == nullptr ? 0 : X509_NAME_entry_count(name);
    for (int index = 0; index < count; ++index) {
        const X509_NAME_ENTRY* entry = X509_NAME_get_entry(name, index);
        attributes.push_back({type_name(X509_NAME_ENTRY_get_object(entry)), value_of(X509_NAME_ENTRY_get_data(entry)),
                              X509_NAME_ENTRY_set(entry)});
    }
    return distinguished_name(std::move(attributes));
}

std::string distinguished_name::to_string() const {
    std::string text;
    int set = -1;
    for (const auto& each : attributes_) {
        text += each.set == std::exchange(set, each.set) ? '+' : '/';
        text += each.type + '=' + escaped_value(each.value);
    }
    return text;
}

}  // namespace portcullis::certs
