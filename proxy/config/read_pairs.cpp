#include "proxy/config/read_pairs.hpp"

#include "proxy/config/finder.hpp"

#include <algorithm>

namespace portcullis::config {

std::vector<certs::certificate_pair> written_pairs::pair_up(const reader& table) const {
    const finder report{table.shared().source, table.shared().found};
    const auto certs = ssl_cert.size();
    const auto keys = ssl_key.size();
    if (certs != 0 && keys == 0 && good)
        report.error(table.where() + ".ssl_cert", table.title() + " ssl_cert: needs its private key in 'ssl_key'");
    else if (certs == 0 && keys != 0 && good)
        report.error(table.where() + ".ssl_key", table.title() + " ssl_key: needs its certificate in 'ssl_cert'");
    else if (certs != keys && good)
        report.error(table.where() + ".ssl_key",
                     table.title() + " ssl_key: each certificate needs its own key, in the same order; " +
                         std::to_string(certs) + " are named in 'ssl_cert', " + std::to_string(keys) + " here");
    std::vector<certs::certificate_pair> out;
    for (std::size_t i = 0; i < std::min(certs, keys); ++i) out.push_back({ssl_cert[i], ssl_key[i]});
    return out;
}

}  // namespace portcullis::config
