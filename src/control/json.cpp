// Boost.JSON itself, compiled once: it is used without its library.
#include <boost/json/src.hpp>
