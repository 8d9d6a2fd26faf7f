#include "actors/kernel/veth_worker.hpp"

#include "actors/one_job.hpp"
#include "sys/idmap.hpp"
#include "sys/link.hpp"

namespace berth {

namespace {

result<void> connect(const connect_veth& what) {
  auto netns = sys::open_namespace(what.pid, "net");
  if (!netns)
    return netns.error();
  auto spec = sys::veth_spec{};
  spec.host_link = what.host_link;
  spec.gateway = what.gateway;
  spec.address = what.address;
  return sys::connect_veth(spec, *netns);
}

result<made_network> make_connected(const make_network& what) {
  auto netns = sys::make_network_namespace();
  if (!netns)
    return netns.error();
  auto spec = sys::veth_spec{};
  spec.host_link = what.host_link;
  spec.gateway = what.gateway;
  spec.address = what.address;
  if (auto connected = sys::connect_veth(spec, *netns); !connected)
    return connected.error();
  return made_network{std::make_shared<const sys::fd>(std::move(*netns))};
}

result<void> disconnect(const std::string& name) {
  auto socket = sys::netlink::open();
  if (!socket)
    return socket.error();
  return sys::remove_link(*socket, name);
}

result<link_names> list(const std::string& prefix) {
  auto socket = sys::netlink::open();
  if (!socket)
    return socket.error();
  auto links = sys::all_links(*socket);
  if (!links)
    return links.error();
  auto found = link_names{};
  for (auto& each : *links)
    if (each.name.starts_with(prefix))
      found.names.push_back(each.name);
  return found;
}

} // namespace

veth_actor::behavior_type veth_worker(veth_actor::pointer self) {
  return {
    [self](const connect_veth& what) {
      return one_job(self, [&] { return connect(what); });
    },
    [self](const make_network& what) {
      return one_job(self, [&] { return make_connected(what); });
    },
    [self](const remove_link& what) {
      return one_job(self, [&] { return disconnect(what.host_link); });
    },
    [self](const list_links& what) {
      return one_job(self, [&] { return list(what.prefix); });
    },
  };
}

} // namespace berth
