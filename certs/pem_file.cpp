#include "certs/pem_file.hpp"

#include "certs/error.hpp"
#include "certs/printable.hpp"
#include "certs/secret_file.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <string_view>
#include <utility>

namespace portcullis::certs {
namespace {

/// One PEM block as PEM_read_bio gives it. The data may be a key.
struct pem_block {
    openssl_string_ptr label;
    openssl_string_ptr header;
    unsigned char* data = nullptr;
    long length = 0;

    pem_block() = default;
    pem_block(const pem_block&) = delete;
    pem_block& operator=(const pem_block&) = delete;
    ~pem_block() { OPENSSL_clear_free(data, static_cast<std::size_t>(length)); }

    bool read_from(BIO* bio) {
        char* label_text = nullptr;
        char* header_text = nullptr;
        const bool read = PEM_read_bio(bio, &label_text, &header_text, &data, &length) == 1;
        label.reset(label_text);
        header.reset(header_text);
        return read;
    }
};

/// Decodes the whole block with `decode` into `list`; false if it is not one object of that kind and nothing else.
template <class Pointer, class Decode>
bool take(const pem_block& block, std::vector<Pointer>& list, Decode decode) {
    const unsigned char* position = block.data;
    Pointer object(decode(nullptr, &position, block.length));
    if (!object || position != block.data + block.length) return false;
    list.push_back(std::move(object));
    return true;
}

EVP_PKEY* decode_key(EVP_PKEY** key, const unsigned char** position, long length) {
    return d2i_AutoPrivateKey(key, position, length);
}

/// False if the block is damaged.
bool sort_in(const pem_block& block, pem_contents& contents) {
    const std::string_view label = block.label.get();
    if (label == PEM_STRING_X509 || label == PEM_STRING_X509_OLD) return take(block, contents.certificates, d2i_X509);
    if (label == PEM_STRING_X509_TRUSTED) return take(block, contents.certificates, d2i_X509_AUX);
    if (label == PEM_STRING_X509_CRL) return take(block, contents.crls, d2i_X509_CRL);
    if (label.ends_with("PRIVATE KEY")) {
        const bool encrypted = label == PEM_STRING_PKCS8 ||
                               std::string_view(block.header.get()).find("ENCRYPTED") != std::string_view::npos;
        if (encrypted) contents.encrypted_key = true;
        return encrypted || take(block, contents.keys, decode_key);
    }
    constexpr std::size_t worth_naming = 4;
    if (contents.others.size() < worth_naming) contents.others.push_back(printable(label));
    return true;
}

std::string counted(std::size_t count, const char* one, const char* many) {
    return count == 1 ? one : std::to_string(count) + many;
}

}  // namespace

boost::system::result<pem_contents> read_pem(const std::filesystem::path& file) {
    const auto read = read_secret_text(file);
    if (!read) return read.error();

    pem_contents contents;
    contents.open_to_others = read->open_to_others;
    ERR_clear_error();
    const bio_ptr bio(BIO_new_mem_buf(read->text.data(), static_cast<int>(read->text.size())));
    if (!bio) return errc::openssl_failed;
    for (int number = 1; contents.damage.empty(); ++number) {
        pem_block block;
        if (!block.read_from(bio.get())) {
            const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
            if (!at_end) contents.damage = "block " + std::to_string(number);
            contents.looks_like_der = at_end && number == 1 && read->text.starts_with('\x30');
            break;
        }
        if (!sort_in(block, contents))
            contents.damage = "block " + std::to_string(number) + " (" + printable(block.label.get()) + ")";
    }
    ERR_clear_error();
    return contents;
}

std::string contents_in_words(const pem_contents& contents) {
    std::vector<std::string> parts;
    if (!contents.certificates.empty())
        parts.push_back(counted(contents.certificates.size(), "a certificate", " certificates"));
    if (!contents.crls.empty()) parts.push_back(counted(contents.crls.size(), "a CRL", " CRLs"));
    if (!contents.keys.empty()) parts.push_back(counted(contents.keys.size(), "a private key", " private keys"));
    if (contents.encrypted_key) parts.emplace_back("an encrypted private key");
    for (const auto& label : contents.others) parts.push_back("a block " + label);
    if (contents.looks_like_der) return "binary DER instead of PEM";
    if (parts.empty()) return "nothing in PEM";
    std::string text = parts.front();
    for (std::size_t index = 1; index < parts.size(); ++index)
        text += (index + 1 == parts.size() ? " and " : ", ") + parts[index];
    return text;
}

std::optional<pem_contents> read_pem_for(const std::string& setting, const std::filesystem::path& file,
                                         problems& found) {
    auto contents = read_pem(file);
    if (!contents) {
        found.push_back({problem::severity::error, setting, unreadable(file, "PEM file", contents.error())});
        return std::nullopt;
    }
    if (contents->damage.empty()) return std::move(*contents);
    found.push_back(
        {problem::severity::error, setting,
         printable(file.native()) + " is damaged: " + contents->damage + " cannot be decoded; copy the file again"});
    return std::nullopt;
}

}  // namespace portcullis::certs
