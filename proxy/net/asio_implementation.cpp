// Asio's own translation unit (BOOST_ASIO_SEPARATE_COMPILATION). Nothing of ours.
#include <boost/asio/impl/src.hpp>
