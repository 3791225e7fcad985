#!/usr/bin/perl
# An application with DBD::mysql: driver.pl ACTION; see contract.py.
use strict;
use warnings;
use DBI;
use Encode qw(decode_utf8);
use JSON::PP;

$| = 1;

sub connected {
    my (%more) = @_;
    my $options = join ';', "host=$ENV{DB_HOST}", "port=$ENV{DB_PORT}", 'mysql_connect_timeout=20', map { "$_=$more{$_}" } keys %more;
    # Without "optional" DBD::mysql refuses to work with libmariadb, which it takes for unable to insist on TLS.
    my %tls = $ENV{DB_CA} ? (mysql_ssl => 1, mysql_ssl_optional => 1, mysql_ssl_ca_file => $ENV{DB_CA}, mysql_ssl_verify_server_cert => 1) : ();
    return DBI->connect("DBI:mysql:$options", $ENV{DB_USER}, $ENV{DB_PASSWORD},
        { RaiseError => 1, PrintError => 0, mysql_enable_utf8mb4 => 1, AutoCommit => 1, %tls });
}

sub shown {
    my ($rows) = @_;
    return join ', ', map { join ' ', map { $_ // 'NULL' } @$_ } @$rows;
}

sub rows {
    my ($db, $sql, @parameters) = @_;
    return shown($db->selectall_arrayref($sql, undef, @parameters));
}

# The error of the last DBI call.
sub error { return "$DBI::err: $DBI::errstr"; }

# What the action gives, or its error.
sub attempt {
    my ($action) = @_;
    return eval { $action->() } // error();
}

my %actions = (
    query => sub { rows(connected(), $ENV{DB_SQL}) },
    prepared => sub {
        my $db = connected(mysql_server_prepare => 1);
        my $statement = $db->prepare($ENV{DB_SQL});
        my @found = map { $statement->execute(1, $_); shown($statement->fetchall_arrayref) } 'one', decode_utf8('zwei €');
        $statement->finish;
        $db->{mysql_server_prepare} = 0;
        return join '; ', @found, rows($db, "SHOW SESSION STATUS LIKE 'Com_stmt_execute'");
    },
    transaction => sub {
        my $db = connected();
        my @counts;
        for my $end ('rollback', 'commit') {
            $db->begin_work;
            $db->do('INSERT INTO app.ledger (owner) VALUES (?)', undef, $ENV{DB_OWNER});
            $db->$end;
            push @counts, rows(connected(), 'SELECT COUNT(*) FROM app.ledger WHERE owner = ?', $ENV{DB_OWNER}) . " after $end";
        }
        return join ', ', @counts;
    },
    big_result => sub {
        my $found = connected()->selectall_arrayref($ENV{DB_SQL});
        for (@$found) { die "other bytes than asked for\n" if $_->[0] ne '0123456789abcdef' x (1 << 20) }
        return @$found . ' rows of 16 MiB';
    },
    timeout => sub {
        my $db = connected(mysql_read_timeout => 3);
        my $ended = attempt(sub { rows($db, $ENV{DB_SQL}) });
        return "$ended; then " . attempt(sub { rows($db, 'SELECT 42') });
    },
    kill => sub {
        my ($db, $second) = (connected(), connected());
        my $query = $db->prepare($ENV{DB_SQL}, { async => 1 });
        $query->execute;
        do {
            $second->do("KILL QUERY $db->{mysql_thread_id}");
            select undef, undef, undef, 0.2;
        } until $query->mysql_async_ready;
        my $ended = attempt(sub { $query->mysql_async_result; shown($query->fetchall_arrayref) });
        return "$ended; then " . attempt(sub { rows($db, 'SELECT 42') });
    },
    change_user => sub { die { lack => 'DBD::mysql cannot change the user' } },
    reconnect => sub {
        my $db = connected();
        $db->{mysql_auto_reconnect} = 1;
        rows($db, 'SELECT 42');
        print "ready\n";
        <STDIN>;
        my $lost = attempt(sub { rows($db, 'SELECT 42') });
        return "$lost; then " . rows(connected(), 'SELECT 42');
    },
);

my $detail = eval { $actions{ $ARGV[0] }->() };
my %answer = (outcome => 'ok', detail => $detail);
if (ref $@) {
    %answer = (outcome => 'none', detail => $@->{lack});
} elsif ($@) {
    %answer = (outcome => 'error', detail => $DBI::err ? error() : $@);
}
print JSON::PP->new->ascii->encode(\%answer), "\n";
