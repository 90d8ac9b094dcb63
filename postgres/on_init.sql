-- Runs once, as the superuser, when the container makes its data directory (/docker-entrypoint-initdb.d). What it sets
-- up is who may do what; the tables come from `pixelmill migrate`.
--
-- Needs POSTGRES_USER other than pixelmill, POSTGRES_DB, and POSTGRES_PASSWORD, which becomes that of the role.

\set ON_ERROR_STOP on
\getenv password POSTGRES_PASSWORD

-- The roles of Pixelmill connect as the owner of one database, not as a superuser, who may read files and run programs.
CREATE ROLE pixelmill LOGIN PASSWORD :'password';
ALTER DATABASE :"DBNAME" OWNER TO pixelmill;

-- Nobody else has business in it: the trail holds URLs as they were submitted.
REVOKE ALL ON DATABASE :"DBNAME" FROM PUBLIC;
REVOKE ALL ON SCHEMA public FROM PUBLIC;

-- A client that died in the middle of a transaction must not hold its locks and rows for ever.
ALTER DATABASE :"DBNAME" SET idle_in_transaction_session_timeout = '60s';

-- Without a password the superuser cannot log in over the network, only inside the container.
ALTER ROLE CURRENT_USER PASSWORD NULL;
