# An application with mysql2 for Ruby: driver.rb ACTION; see contract.py.
require 'json'
require 'mysql2'

class Lack < StandardError; end

def connect(**more)
  options = { host: ENV['DB_HOST'], port: ENV['DB_PORT'].to_i, username: ENV['DB_USER'], password: ENV['DB_PASSWORD'],
              connect_timeout: 20, encoding: 'utf8mb4' }
  options.merge!(sslca: ENV['DB_CA'], sslverify: true) unless ENV['DB_CA'].empty?
  Mysql2::Client.new(**options, **more)
end

def shown(result)
  result.to_a.map { |row| row.map { |field| field.nil? ? 'NULL' : field.to_s }.join(' ') }.join(', ')
end

def rows(client, sql)
  shown(client.query(sql, as: :array) || [])
end

def error(problem)
  [problem.error_number, problem.message].compact.join(': ')
end

# What the block gives, or its error.
def attempt
  yield
rescue Mysql2::Error => problem
  error(problem)
end

def query
  rows(connect, ENV['DB_SQL'])
end

def prepared
  client = connect
  statement = client.prepare(ENV['DB_SQL'])
  found = ['one', 'zwei €'].map { |word| shown(statement.execute(1, word, as: :array)) }
  [*found, rows(client, "SHOW SESSION STATUS LIKE 'Com_stmt_execute'")].join('; ')
end

def transaction
  client = connect
  owner = client.escape(ENV['DB_OWNER'])
  counts = %w[rollback commit].map do |ending|
    client.query('START TRANSACTION')
    client.query("INSERT INTO app.ledger (owner) VALUES ('#{owner}')")
    client.query(ending)
    rows(connect, "SELECT COUNT(*) FROM app.ledger WHERE owner = '#{owner}'") + " after #{ending}"
  end
  counts.join(', ')
end

def big_result
  found = connect.query(ENV['DB_SQL'], as: :array).to_a
  raise 'other bytes than asked for' unless found.all? { |row| row[0] == '0123456789abcdef' * (1 << 20) }

  "#{found.size} rows of 16 MiB"
end

def timeout
  client = connect(read_timeout: 3)
  ended = attempt { rows(client, ENV['DB_SQL']) }
  "#{ended}; then #{attempt { rows(client, 'SELECT 42') }}"
end

def kill
  client = connect
  second = connect
  sleeper = Thread.new { attempt { rows(client, ENV['DB_SQL']) } }
  second.query("KILL QUERY #{client.thread_id}") until sleeper.join(0.2)
  "#{sleeper.value}; then #{attempt { rows(client, 'SELECT 42') }}"
end

def change_user
  raise Lack, 'mysql2 for Ruby cannot change the user'
end

def reconnect
  client = connect(reconnect: true)
  rows(client, 'SELECT 42')
  puts 'ready'
  $stdout.flush
  $stdin.gets
  "by itself; then #{rows(client, 'SELECT 42')}"
end

answer = begin
  { outcome: 'ok', detail: send(ARGV[0]) }
rescue Lack => lack
  { outcome: 'none', detail: lack.message }
rescue Mysql2::Error => problem
  { outcome: 'error', detail: error(problem) }
end
puts answer.to_json
$stdout.flush
exit!(true) # a thread may still wait for its answer
