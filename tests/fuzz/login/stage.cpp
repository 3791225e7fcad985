#include "login/stage.hpp"

#include "login/dialled.hpp"
#include "proxy/observe/log.hpp"
#include "require.hpp"

#include <array>
#include <cstdlib>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace portcullis::fuzzing {
namespace {

using namespace std::chrono_literals;

constexpr auto patience = 5s;

/// Higher than before, if one was not closed since.
int lowest_free_descriptor() {
    const int lowest = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    ::close(lowest);
    return lowest;
}

/// What outlives the runs.
struct house {
    house() {
        const char* file = std::getenv("FUZZ_LOG");  // what the gate logs tells what an input is about
        config::log quiet;
        quiet.file = file != nullptr ? file : "/dev/null";
        std::string problem;
        observe::open_log(quiet, problem).use();
        require(problem.empty());
        require(key != nullptr);
        while (worker.context().poll() > 0) {
        }
    }

    net::worker worker;
    std::array<door, 2> doors{door(3307), door(3308)};
    std::shared_ptr<const certs::password_key> key = certs::password_key::make();
};

house& the_house() {
    static house built;
    return built;
}

config::accounts accounts() {
    config::accounts made;
    made.default_require = config::requirement::none;
    config::account rule;
    rule.user = ssl_user;
    rule.require = config::requirement::ssl;
    made.rules.push_back(rule);
    rule.user = x509_user;
    rule.require = config::requirement::x509;
    made.rules.push_back(rule);
    return made;
}

config::cluster cluster_settings(const stage_options& options) {
    config::cluster made;
    made.name = "default";
    made.balance = config::balance::first_available;
    made.ssl_mode = config::ssl_mode::disabled;
    made.local_infile = options.local_infile;
    if (options.health_account) made.health.user = health_user;
    made.health.password = "of-the-health-account";
    for (const auto& each : the_house().doors)
        made.aggregators.push_back({options.secure_aggregators ? each.unix_address() : each.tcp_address(), 1});
    return made;
}

config::listener listener_settings(const stage_options& options) {
    config::listener made;
    made.name = "main";
    made.cluster = "default";
    made.address = config::endpoint{"127.0.0.1", 3306, {}};
    if (options.secure_client) made.address = config::endpoint{{}, 0, "/nowhere"};
    if (options.proxy_header) made.proxy_protocol_networks.push_back(*config::network::parse("192.0.2.0/24"));
    return made;
}

}  // namespace

stage::stage(const stage_options& options) : proxy_header_(options.proxy_header) {
    cluster_ = std::make_shared<cluster::cluster>(cluster_settings(options), nullptr, "");
    const config::limits limits;
    env_ = std::make_shared<session::environment>(session::environment{config::gate{},
                                                                       config::timeouts{},
                                                                       gate::account_table(accounts()),
                                                                       gate::limits::create(limits),
                                                                       std::make_shared<gate::bans>(limits),
                                                                       {},
                                                                       std::make_shared<std::atomic<std::uint32_t>>(1),
                                                                       std::make_shared<observe::close_counters>(),
                                                                       the_house().key});
    env_->entrances.push_back(
        std::make_shared<session::entrance>(session::entrance{listener_settings(options), nullptr, cluster_}));
    for (const auto& each : cluster_->members()) {
        each->mark_usable({"8.0.0-fuzz", 0xffffffffU & ~protocol::client_ssl, "mysql_native_password", 45});
        each->set_switching(options.switching);
    }
    const auto& second = cluster_->members().back();
    others_.push_back(env_->sessions->add(apps_other_id, {"app", cluster_, second, 77}));
    others_.push_back(env_->sessions->add(strangers_id, {"stranger", cluster_, second, 78}));
    first_descriptor_ = lowest_free_descriptor();
}

int stage::connect() {
    std::array<int, 2> ends{-1, -1};
    require(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0);
    net::accepted from{ends[0], AF_UNIX, std::nullopt, 0};
    if (proxy_header_) from.address = config::ip_address::parse("192.0.2.1");
    session::begin_session(the_house().worker, env_, env_->entrances.front(), from);
    return ends[1];
}

std::vector<int> stage::accept() {
    std::vector<int> made;
    for (const auto& each : the_house().doors) each.accept(made);
    return made;
}

bool stage::run() {
    return the_house().worker.context().poll() > 0;
}

void stage::stop() {
    the_house().worker.stop_members();
}

void stage::require_end() {
    auto& worker = the_house().worker;
    const auto until = net::clock::now() + patience;
    while (worker.load() > 0 && net::clock::now() < until) {
        for (const int each : accept()) ::close(each);
        worker.context().run_one_for(1ms);
    }
    require(worker.load() == 0);
    while (run()) {
    }
    for (const int each : accept()) ::close(each);
    require(env_->counters->total() == 1);
    require(!env_->sessions->contains(client_id));
    require(env_->limits->connections() == 0 && env_->limits->unauthenticated() == 0);
    for (const auto& each : cluster_->members()) require(each->sessions() == 0);
    require(lowest_free_descriptor() == first_descriptor_);
}

const std::string& stage::public_key() {
    return the_house().key->public_pem();
}

}  // namespace portcullis::fuzzing
